"""What is known of French and English without a model: words, marks, dates, numbers."""
