"""When incidents happen, translated and checked.

In reading order:

history: when an incident happens
translation: translate when incidents happen
checks: check the incidents of a model
"""
