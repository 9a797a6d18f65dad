"""The teaching: courses, activities, facts and progress. Uses `lms`, knows no plugin."""
