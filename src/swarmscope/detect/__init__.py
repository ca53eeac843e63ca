"""What is wrong, drifting, emerging or attacking: detectors over the fleet's arrays and over committed batches."""
