import numpy
import slycot
from greeting import greet
from tabulate import tabulate

a = numpy.array([[0.0, 1.0], [-2.0, -3.0]])
q = numpy.eye(2)
# the continuous Lyapunov equation a x + x a' = -q, solved by Fortran that slycot is linked to
x = slycot.sb03md57(a, C=-q, dico="C", job="X", trana="T")[2]
print(greet())
print(tabulate([["numpy", numpy.__version__], ["slycot", slycot.__version__], ["trace", round(x.trace(), 6)]]))
