from knowbe4.connector import new
from pyconnector.serve import serve

serve(new())
