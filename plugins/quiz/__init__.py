"""The activity type for questions: graded on the server, explained one by one."""
