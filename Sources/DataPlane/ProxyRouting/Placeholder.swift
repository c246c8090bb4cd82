// Opened by its first file.
