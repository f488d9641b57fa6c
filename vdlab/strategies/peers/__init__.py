"""What people use otherwise: one file a library, each written the way its own users write it."""
