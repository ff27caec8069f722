"""The language services share: public events, their envelope, and how versions follow each other."""
