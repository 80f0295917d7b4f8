"""Which portraits can we draw ourselves, with masks, landmarks and biases known exactly?"""
