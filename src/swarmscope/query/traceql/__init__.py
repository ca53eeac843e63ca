"""TraceQL: parsed here, planned onto SQL over spans; what SQL does not know (who descends from whom) is done on few traces."""
