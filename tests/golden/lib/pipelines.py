def write(root, cases):
    pass
