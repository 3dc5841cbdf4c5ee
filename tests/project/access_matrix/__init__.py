"""W20: who gets which answer from every address and every command, written out.

The addresses come from the URLconf and the verbs from the commands: one that is added without a
row here fails. What is not one's own to see is 404, and "There is no …" in a command.
"""
