"""Reading passages with a trained model: what answers, with which words, and whether anything."""
