-- What the phantom knows of its images; NULL for real images and for datasets registered earlier.
-- difficulty: clear, hard (a small detail decides) or toss (undecidable). subgroup: rare. label_probability: that the
-- annotator gives this label, before label noise. against_marks: the burned-in marks are those of another class.
ALTER TABLE samples ADD COLUMN difficulty VARCHAR;
ALTER TABLE samples ADD COLUMN subgroup VARCHAR;
ALTER TABLE samples ADD COLUMN label_probability DOUBLE;
ALTER TABLE samples ADD COLUMN against_marks BOOLEAN;
