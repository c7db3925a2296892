"""Tables from files and to files: how a sheet somebody sends is read, how one people take away is written."""
