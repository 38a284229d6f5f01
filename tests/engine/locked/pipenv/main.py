import tabulate, lib, click; print(tabulate.__name__, lib.VALUE)
