"""The documentation as a build action: tools/render.py, run by the Python of @docs_environment."""

SourcesInfo = provider(
    doc = "The files that a site is made from.",
    fields = {
        "files": "a depset of them",
        "list": "a file that lists their places in the tree, one a line",
    },
)

def _site_sources(ctx):
    list = ctx.actions.declare_file(ctx.label.name + ".txt")
    ctx.actions.write(list, "".join([file.short_path + "\n" for file in ctx.files.srcs]))
    return [
        DefaultInfo(
            files = depset([list]),
            runfiles = ctx.runfiles(files = [list] + ctx.files.srcs),
        ),
        SourcesInfo(files = depset(ctx.files.srcs), list = list),
    ]

site_sources = rule(
    doc = "The list of the files that a site is made from; they come along as runfiles.",
    implementation = _site_sources,
    attrs = {"srcs": attr.label_list(allow_files = True)},
)

def _sphinx_site(ctx):
    folder = ctx.actions.declare_directory(ctx.label.name)
    sources = ctx.attr.sources[SourcesInfo]
    arguments = ctx.actions.args()
    arguments.add(ctx.file._render)
    arguments.add("--sources", sources.list)
    arguments.add("--builder", ctx.attr.builder)
    arguments.add("--output", folder.path)
    ctx.actions.run(
        executable = ctx.file._python,
        arguments = [arguments],
        inputs = depset([sources.list, ctx.file._render], transitive = [sources.files]),
        mnemonic = "Sphinx",
        outputs = [folder],
        progress_message = "Rendering the documentation as " + ctx.attr.builder,
    )
    return [DefaultInfo(
        files = depset([folder]),
        runfiles = ctx.runfiles(files = [folder]),
    )]

sphinx_site = rule(
    doc = "A folder rendered by one of Sphinx's builders; any warning fails the build.",
    implementation = _sphinx_site,
    attrs = {
        "builder": attr.string(mandatory = True),
        "sources": attr.label(
            mandatory = True,
            providers = [SourcesInfo],
        ),
        "_python": attr.label(
            allow_single_file = True,
            default = "@docs_environment//:python",
        ),
        "_render": attr.label(
            allow_single_file = True,
            default = "//tools:render.py",
        ),
    },
)
