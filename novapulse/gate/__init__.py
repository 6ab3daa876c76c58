"""The gate: is this credential still good, and is its company within its limits? One Redis round trip decides both.

MongoDB is the truth, Redis a projection of it: versions that are never lowered, and a key that is missing is a miss,
never a yes. Without Redis the truth is asked itself and limits hold per process; without both nobody is let in, and
nobody is told that their credential is bad.
"""
