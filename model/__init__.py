"""CTPN in MindSpore: targets, network, training, line building and evaluation."""
