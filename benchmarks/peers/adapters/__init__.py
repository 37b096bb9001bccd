"""One module a peer, each with a class ``Peer`` (see ``benchmarks.peers.seam``).

A module is imported in its peer's environment alone, so it may import that library and the seam.
``ENCODER`` names the class whose ``encode`` the library calls, as ``module:Class``.
"""
