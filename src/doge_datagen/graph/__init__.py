"""State machines as pictures: Graphviz, Mermaid, or in a notebook whichever can be shown."""

from doge_datagen.graph.generator_graph import DataOnlineGeneratorGrapher, HasMachine
from doge_datagen.graph.model_graph import ModelGrapher, graph_of

__all__ = ["DataOnlineGeneratorGrapher", "HasMachine", "ModelGrapher", "graph_of"]
