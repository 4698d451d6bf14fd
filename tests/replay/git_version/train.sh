# What is versioned.
echo trained
