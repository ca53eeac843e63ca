"""Mathematics without I/O: rolling kernels, calibration, surrogates, forecasts. Arrays in, arrays out."""
