"""What people type in this room: enrolments, calendars, accounts, and the filters of the lists."""
