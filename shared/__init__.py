"""What services share, a package a thing; nobody imports from here itself, since `shared` alone says nothing."""
