"""JSCalendar 2.0 (draft-ietf-calext-jscalendarbis): events and tasks, and what iCalendar says of them."""
