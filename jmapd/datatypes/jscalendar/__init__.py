"""What CalendarEvent (jmap-calendars-27 5) and Task (tasks-06) share: both are JSCalendar objects of an account."""
