"""Import of an old Ralex checkout: files in, settings and a report out. Pure but for its edges.

Files become documents (one module per format), documents become claims (one module per kind of
file), claims are resolved to one value per setting, and values become a settings document.
"""
