"""The course type for learning on one's own: lessons and quizzes in sections, free or in order."""
