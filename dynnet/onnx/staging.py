"""Cuts an exported Dynamic-Net at its blocks, so that a runtime recomputes only what follows a change.

A value hangs on the sites (calls of tuned children) that it is computed through. Nodes that hang on the same sites
make one stage: those on none are the head, those behind the first site the next stage, and so on; where branches meet
begins one more. psi of a block is a stage beside them, run only while its alpha is not 0. What one stage computes and
another one needs, skip connections among it, is an output of the first and an input of the second, by one name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from onnx import ModelProto, NodeProto

from dynnet.onnx.capture import Captured, Site
from dynnet.onnx.graph import Graph, identity
from dynnet.onnx.linearity import split


@dataclass(frozen=True)
class Stage:
    """One graph of a staged network; see the package for what the kinds mean.

    Attributes:
        kind: "plain", "psi", "blend", "linear" or "mix".
        terms: (block, value, what alpha times the value is added to), of all that alpha multiplies here.
    """

    kind: str
    model: ModelProto
    terms: Sequence[tuple[str, str, str]] = ()


def whole(captured: Captured) -> ModelProto:
    """The network as one model with alpha as inputs."""
    graph = Graph(captured.model)
    ends = [graph.name(output) for output in captured.outputs]
    nodes = graph.needed(ends, graph.inputs)
    renames = [identity(end, output) for end, output in zip(ends, captured.outputs, strict=True) if end != output]
    outputs = [graph.type_of(output) for output in captured.outputs]
    return graph.model([*nodes, *renames], list(graph.inputs.values()), outputs)


def stages(captured: Captured, drawn: Mapping[str, str]) -> tuple[list[Stage], dict[str, str]]:
    """The network in stages, in an order in which they can run, and {output of the network: value}.

    Args:
        drawn: {block: "number" or "picture"} of those whose alpha can be drawn past a convolution: along no axis, or
            along the first one.
    """
    graph = Graph(captured.model)
    outputs = {output: graph.name(output) for output in captured.outputs}
    sites = [_renamed(graph, site) for site in captured.sites]
    pieces = list(_pieces(graph, sites, list(outputs.values())))
    wanted = {value for piece in pieces for value in graph.entering(piece.nodes)} | set(outputs.values())
    return [stage for piece in pieces for stage in _stages(graph, piece, wanted, drawn)], outputs


@dataclass(frozen=True)
class _Piece:
    nodes: list[NodeProto]
    site: Site | None = None
    psi: str | None = None  # the value of a piece that computes psi


def _renamed(graph: Graph, site: Site) -> Site:
    psis = {block: graph.name(psi) for block, psi in site.psis.items()}
    return Site(graph.name(site.z), psis, graph.name(site.tuned))


def _pieces(graph: Graph, sites: Sequence[Site], outputs: Sequence[str]) -> Iterator[_Piece]:
    """The nodes of each stage, in an order in which they can run; a site's psis come right before its stage."""
    tuned = {site.tuned: index for index, site in enumerate(sites)}
    outer = graph.needed([*outputs, *(site.z for site in sites)], tuned)
    hangs_on: dict[str, frozenset[int]] = {}

    def tag(value: str) -> frozenset[int]:
        if value in tuned:
            return tag(sites[tuned[value]].z) | {tuned[value]}
        return hangs_on.get(value, frozenset())

    groups: dict[frozenset[int], list[NodeProto]] = {frozenset(): []}
    for node in outer:
        tags = frozenset().union(*map(tag, graph.entering([node])))
        hangs_on |= dict.fromkeys(node.output, tags)
        groups.setdefault(tags, []).append(node)
    owner = {tag(site.tuned): site for site in sites}
    given = {*graph.inputs, *hangs_on}
    for tags in sorted(groups.keys() | owner.keys(), key=len):
        nodes, site = groups.get(tags, []), owner.get(tags)
        if site is None:
            yield _Piece(nodes)
            continue
        yield from (_Piece(graph.needed([psi], given | {site.z}), site, psi) for psi in site.psis.values())
        blend = graph.needed([site.tuned], given | {site.z, *site.psis.values()})
        yield _Piece([*blend, *nodes], site)


def _stages(graph: Graph, piece: _Piece, wanted: set[str], drawn: Mapping[str, str]) -> Iterator[Stage]:
    if not piece.nodes:  # a psi that is z itself, or a head that is nothing but the input
        return
    made = [output for node in piece.nodes for output in node.output if output in wanted]
    if piece.site is None:
        yield Stage("plain", _model(graph, piece.nodes, made))
    elif piece.psi is not None:
        yield Stage("psi", _model(graph, piece.nodes, [piece.psi]))
    else:
        yield from _blended(graph, piece.nodes, piece.site, made, drawn)


def _blended(
    graph: Graph, nodes: Sequence[NodeProto], site: Site, made: Sequence[str], drawn: Mapping[str, str]
) -> Iterator[Stage]:
    terms = [(block, psi, site.z) for block, psi in site.psis.items()]
    halves = split(graph, nodes, site, made, drawn) if site.psis.keys() <= drawn.keys() else None
    if halves is None:
        yield Stage("blend", _model(graph, nodes, made), terms)
    else:
        yield Stage("linear", halves.linear, terms)
        yield Stage("mix", halves.mix, halves.terms)


def _model(graph: Graph, nodes: Sequence[NodeProto], outputs: Sequence[str]) -> ModelProto:
    inputs = [graph.type_of(value) for value in graph.entering(nodes)]
    return graph.model(nodes, inputs, [graph.type_of(value) for value in outputs])
