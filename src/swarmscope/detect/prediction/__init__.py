"""What is to come: predictive findings, forecasts of signals, how well they held."""
