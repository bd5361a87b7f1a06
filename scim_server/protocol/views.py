"""What extensions tell of one resource below its address, such as ``/Users/{id}/access``."""

from collections.abc import Sequence
from dataclasses import dataclass

from scim2_server.errors import MethodNotAllowedException
from scim2_server.requests import ScimRequest
from scim2_server.routing import Operation, Target

from scim_server.extension import ServerExtension, View
from scim_server.protocol.service import Service, refuse_nul

_PARTS = 3


@dataclass(frozen=True, slots=True)
class ViewTarget:
    """A view of one resource that a request asks for."""

    target: Target
    type_name: str
    resource_id: str
    view: View


def find_view(request: ScimRequest, service: Service, extensions: Sequence[ServerExtension]) -> ViewTarget | None:
    """Return the view that a request asks for, or None when it asks for something else.

    :raises MethodNotAllowedException: When it asks to change a view.
    :raises NotFoundException: When no resource can have the id.
    """
    parts = request.path.strip("/").split("/")
    if len(parts) != _PARTS:
        return None
    refuse_nul(request.path)
    endpoint, resource_id, name = parts
    resource_type = service.get_resource_type_by_endpoint(endpoint)
    if resource_type is None:
        return None
    type_name = str(resource_type.name)
    for extension in extensions:
        view = extension.views().get((type_name, name))
        if view is not None:
            if request.method != "GET":
                raise MethodNotAllowedException(allowed=["GET"])
            return ViewTarget(Target(Operation.query, endpoint, resource_id), type_name, resource_id, view)
    return None
