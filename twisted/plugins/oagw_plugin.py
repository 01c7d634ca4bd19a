"""Makes ``twistd oagw`` known; the code behind it is imported only when it is used."""

from twisted.application.service import ServiceMaker

oagw = ServiceMaker(
    "oagw",
    "oagw.tap",
    "The open gateway for WinCC OA datapoints: JSON commands over websockets.",
    "oagw",
)
