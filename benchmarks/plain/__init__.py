"""Yardsticks: what CTPN's public versions do, written plainly.

They show what a straightforward version costs on the machine at hand, and are good for nothing
else: nothing here is trained or evaluated.
"""
