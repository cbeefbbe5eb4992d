"""Draws state machines with Mermaid and Graphviz.

drawing: the states and edges to draw, independent of the format.
mermaid: a drawing as Mermaid text.
dot: a drawing as a Graphviz graph and as a picture.
model_graph: draws a model.
generator_graph: draws a generator.
"""

from doge_datagen.graph.generator_graph import DataOnlineGeneratorGrapher, HasMachine
from doge_datagen.graph.model_graph import ModelGrapher, graph_of

__all__ = ["DataOnlineGeneratorGrapher", "HasMachine", "ModelGrapher", "graph_of"]
