import bleach
from markupsafe import Markup


def clean(html, profile="rich"): return Markup(bleach.clean(str(html), tags={"p","h2","h3","strong","em","a","ul","ol","li","figure","img","figcaption","aside","br"}, strip=True))
def plain(html): return bleach.clean(str(html), tags=set(), strip=True)
