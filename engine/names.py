"""The names every expression may use besides the variables of the case."""

STARTER, PACK, KEY = "发起人", "制度包", "业务键"
FIXED_NAMES = (STARTER, PACK, KEY)
