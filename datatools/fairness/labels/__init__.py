"""What do people's answers say, and how sure are they?"""
