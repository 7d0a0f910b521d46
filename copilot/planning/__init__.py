"""Plans and blanks: which tools a question calls for, and where the values it lacks stand in the documents."""
