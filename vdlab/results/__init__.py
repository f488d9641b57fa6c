"""What was measured, and what it says: records, statistics, verdicts, laws of scaling."""
