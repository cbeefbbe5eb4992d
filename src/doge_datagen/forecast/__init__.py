"""What a person wants to know of a model before it runs."""

from doge_datagen.forecast.as_json import plain
from doge_datagen.forecast.as_tables import tell, text
from doge_datagen.forecast.comparison import comparison
from doge_datagen.forecast.warnings import concerns

__all__ = ["comparison", "concerns", "plain", "tell", "text"]
