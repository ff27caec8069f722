"""Tools at work: drafted, published, compared, read as text, and as workbooks."""
