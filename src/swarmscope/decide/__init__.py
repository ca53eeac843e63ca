"""What follows from the data: rule files, their recordings and alerts."""
