"""What runs programs that say `torch`, and what reads them: nothing of it is loaded by pyad itself.

`finder` answers `import torch`, `version` compares as programs expect, `asked` keeps the names that
were not found, `children` passes all of it to processes, `run` starts programs, and `check`,
`scopes`, `names` list the names of programs that are not run.
"""
