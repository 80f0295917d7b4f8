"""Where on the way from photograph to student are people lost or served worse?"""
