"""Types that have no names among the builtins, as the module ``types`` has them.

That module is not imported for them: this one is needed in many interpreters.
"""

import sys
from abc import ABC

TYPE_CHECKING = False  # as in typing, without importing it in every interpreter
if TYPE_CHECKING:
    from types import CellType as CellType
    from types import ClassMethodDescriptorType as ClassMethodDescriptorType
    from types import CodeType as CodeType
    from types import FunctionType as FunctionType
    from types import GetSetDescriptorType as GetSetDescriptorType
    from types import MappingProxyType as MappingProxyType
    from types import MemberDescriptorType as MemberDescriptorType
    from types import MethodDescriptorType as MethodDescriptorType
    from types import MethodType as MethodType
    from types import ModuleType as ModuleType
    from types import WrapperDescriptorType as WrapperDescriptorType
else:
    CellType = type((lambda cell: lambda: cell)(None).__closure__[0])
    ClassMethodDescriptorType = type(dict.__dict__["fromkeys"])
    CodeType = type((lambda: None).__code__)
    FunctionType = type(lambda: None)
    GetSetDescriptorType = type(FunctionType.__code__)
    MappingProxyType = type(type.__dict__)
    MemberDescriptorType = type(FunctionType.__globals__)
    MethodDescriptorType = type(str.join)
    MethodType = type(ABC.register)
    ModuleType = type(sys)
    WrapperDescriptorType = type(object.__init__)
