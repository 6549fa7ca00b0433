def check_revision(*a,**k): return []
def warm(answer): pass
