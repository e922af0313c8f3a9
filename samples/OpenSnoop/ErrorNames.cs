namespace Samples;

/// <summary>The names of the errors that openat(2) has.</summary>
internal static class ErrorNames
{
    private static readonly Dictionary<int, string> s_names = new()
    {
        [1] = "EPERM",
        [2] = "ENOENT",
        [4] = "EINTR",
        [6] = "ENXIO",
        [9] = "EBADF",
        [11] = "EAGAIN",
        [12] = "ENOMEM",
        [13] = "EACCES",
        [14] = "EFAULT",
        [16] = "EBUSY",
        [17] = "EEXIST",
        [19] = "ENODEV",
        [20] = "ENOTDIR",
        [21] = "EISDIR",
        [22] = "EINVAL",
        [23] = "ENFILE",
        [24] = "EMFILE",
        [26] = "ETXTBSY",
        [27] = "EFBIG",
        [28] = "ENOSPC",
        [30] = "EROFS",
        [36] = "ENAMETOOLONG",
        [40] = "ELOOP",
        [75] = "EOVERFLOW",
        [122] = "EDQUOT",
    };

    /// <summary>An error's name, its number if it has none here.</summary>
    public static string Of(int error) => s_names.GetValueOrDefault(error, $"error {error}");
}
