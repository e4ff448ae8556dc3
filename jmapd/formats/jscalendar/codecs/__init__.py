"""The families of properties and components of jscalendar-icalendar 2 and 3, a module each, for both directions."""
