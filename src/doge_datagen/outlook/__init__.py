"""What a person wants to know of a model before it runs."""

from doge_datagen.outlook.comparison import comparison
from doge_datagen.outlook.concerns import concerns
from doge_datagen.outlook.plain import plain
from doge_datagen.outlook.tell import tell, text

__all__ = ["comparison", "concerns", "plain", "tell", "text"]
