"""The compiler's front end: a model's spec checked and translated to a program that both engines run."""
