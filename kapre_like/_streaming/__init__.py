"""How each kind of layer takes part in `kapre_like.Streaming`.

A stage has `begin(nothing)`, which starts a clip that comes in chunks like this empty one and
returns an empty result, and `feed(x, last=...)`, which takes more of the clip, adds the clip's
end if `last`, and returns what is ready. Both take and return NumPy arrays.
"""
