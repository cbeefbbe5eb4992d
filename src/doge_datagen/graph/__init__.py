"""Draws state machines with Mermaid and Graphviz.

drawing: what to draw, independent of the format.
annotations: names that expressions read, links between populations, legends of incidents and rhythms.
mermaid: a picture as Mermaid text.
dot: parts of a picture as a Graphviz graph, and Graphviz's programs.
model_graph: draws a model.
generator_graph: draws a generator.
"""

from doge_datagen.graph.generator_graph import DataOnlineGeneratorGrapher, HasMachine
from doge_datagen.graph.model_graph import ModelGrapher, graph_of

__all__ = ["DataOnlineGeneratorGrapher", "HasMachine", "ModelGrapher", "graph_of"]
