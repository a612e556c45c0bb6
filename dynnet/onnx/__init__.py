"""Dynamic-Nets outside of torch: export to ONNX with alpha as inputs, and a renderer on onnxruntime.

    export(net, x, "folder")            # needs dynnet[onnx]
    render = OnnxRenderer("folder")
    render.set_input(x)
    y = render({"res3": 0.5, "out": 1.0})

`whole.onnx` in the folder is the whole network: it takes the network's inputs and one input `alpha.BLOCK` for every
block. The other graphs are the same network cut at its blocks, for runtimes that recompute only what a change touches;
`manifest.json` says how they fit together:

    format      "dynnet-onnx 1"
    main        fingerprint of the main network (dynnet.fingerprint)
    half        whether weights are stored in half precision (the arithmetic is float32 all the same)
    multiple    height and width of pictures must be multiples of this
    inputs      [{name, type, dims}]: x, or x.0 and x.1, or x.KEYWORD; a dim is a number, or a name where it is free
    outputs     {name of the network's output: value}; y, or y.0 and y.1, or y.KEY
    blocks      [{name, alpha, kind}], in order; alpha is the name of the input. kind "number": float32 of shape ();
                "picture": (B,); "map": (B, 1, h, w) of any h and w, resized by the graph itself
    sets        {set: [its blocks]}
    whole       {file, sha256}
    stages      [{file, sha256, kind, inputs, outputs, terms}], in the order in which they can run

A stage takes values by their names: inputs of the network, alphas, and outputs of other stages. Run it when one of
them has changed. `terms` of a stage says where alpha is at work: [{block, value, to}] means that alpha of `block` times
`value` is added to `to`. While that alpha is 0, `to` itself may be given in the place of `value`. Kinds of stages:

    plain       no alpha in it
    psi         one tuning-block: its output is the `value` of a later term; needed only while its alpha is not 0
    blend       starts with z + alpha psi
    linear      z + alpha psi, and what is linear in it (paddings and a convolution without its bias): its outputs are
                points on a line in alpha
    mix         right behind a linear stage: starts with base + alpha slope, and the bias

A linear stage can be used in two ways. Straight on: give it z, psi and alpha, and the mix behind it alphas of 0. Or
along the line, which costs two runs and then only the mix for every further alpha of this block: its outputs for
alpha = 0 are the bases; its outputs for z := psi and alpha = 0 are the slopes of that block (`value` of the mix's
terms, each beside its base `to`); the mix takes both and the true alphas.
"""

from dynnet.onnx.exporting import export
from dynnet.onnx.renderer import OnnxRenderer

__all__ = ["OnnxRenderer", "export"]
