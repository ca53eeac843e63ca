"""What only agents do wrong: loops, retry storms, wedged steps, runaways of tokens and cost, refusals, full contexts."""
