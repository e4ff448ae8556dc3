"""JSON objects of declared types, as JSContact (RFC 9553) and JSCalendar (jscalendarbis-15) have them."""
